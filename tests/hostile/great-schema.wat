;; A schema that would keep the host busy compiling it.
;; limit SCHEMA_BYTES
;; expect load: has 65537 bytes; the limit is 65536

(data (i32.const 0x328) (i32 0x8000 65537))
