;; A column that cannot be read.
;; expect reads: table `v1` has a column that cannot be read: `metadata..name`

(func (export "asogate:policy/policy@0.1.0#reads") (type $reads)
  (memory.copy (i32.const 0x1ca) (i32.const 0x1c9) (i32.const 4))
  (i32.store8 (i32.const 0x1c9) (i32.const 46)) ;; a second dot
  (i32.store (i32.const 0x444) (i32.const 14))
  (i32.const 0x480))
