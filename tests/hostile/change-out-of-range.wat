;; Blames a change that the plan does not have.
;; expect evaluate: finding 1: change 2 does not exist; the plan has 1

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x514) (i32.const 0)) ;; change
  (i32.store (i32.const 0x518) (i32.const 2))
  (i32.const 0x600))
