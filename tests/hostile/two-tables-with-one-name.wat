;; Two tables that the policy could not tell apart.
;; expect reads: asks for two tables named `v1`

(func (export "asogate:policy/policy@0.1.0#reads") (type $reads)
  ;; The same selector twice: a copy behind the first one, which reaches over the array of columns.
  (memory.copy (i32.const 0x700) (i32.const 0x400) (i32.const 36))
  (memory.copy (i32.const 0x724) (i32.const 0x400) (i32.const 36))
  (i32.store (i32.const 0x484) (i32.const 0x700))
  (i32.store (i32.const 0x488) (i32.const 2))
  (i32.const 0x480))
