;; A name longer than Kubernetes has any.
;; limit NAME_BYTES
;; expect reads: has 513 bytes; the limit is 512

(data (i32.const 0x404) (i32 0x8000 513))
