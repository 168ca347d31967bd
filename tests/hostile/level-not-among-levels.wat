;; A default level that findings of the code may not have.
;; expect load: its code `found` has the default level `info`, which is not among its levels

(func (export "asogate:policy/policy@0.1.0#describe") (type $describe)
  (i32.store8 (i32.const 0x208) (i32.const 2))
  (i32.const 0x300))
