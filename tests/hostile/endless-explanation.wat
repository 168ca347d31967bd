;; An explanation that is a book.
;; limit EXPLANATION_BYTES
;; expect load: has 16385 bytes; the limit is 16384

(data (i32.const 0x21c) (i32 0x8000 16385))
