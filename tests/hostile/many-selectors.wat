;; Asks for more tables than the host builds for one policy. Where they would stand there are only zeros.
;; limit SELECTORS
;; expect reads: asks for 65 tables; the limit is 64

(data (i32.const 0x484) (i32 0x8000 65))
