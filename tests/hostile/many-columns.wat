;; Asks for more cells of each object than the host keeps.
;; limit COLUMNS
;; expect reads: table `v1` asks for 65 columns; the limit is 64

(data (i32.const 0x41c) (i32 0x8000 65))
