;; Declares more codes than anybody could explain.
;; limit CODES
;; expect load: it declares 257 codes; a policy has 1 to 256

(data (i32.const 0x318) (i32 0x8000 257))
