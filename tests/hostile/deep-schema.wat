;; A schema whose every level may double the time to validate settings.
;; limit SCHEMA_DEPTH
;; expect load: is nested more than 16 levels deep

(data (i32.const 0x700) "{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{}}}}}}}}}}}}}}}}}}")
(data (i32.const 0x328) (i32 0x700 138))
