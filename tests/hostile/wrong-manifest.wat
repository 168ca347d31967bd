;; Everything that is wrong with a manifest is told at once.
;; expect load: its id `Hostile` is not kebab-case
;; expect load: its version `1_2_3` is not a semantic version
;; expect load: it names the step `v1`, which does not exist
;; expect load: its settings schema is not JSON

(func (export "asogate:policy/policy@0.1.0#describe") (type $describe)
  (i32.store8 (i32.const 0x100) (i32.const 72)) ;; "H"
  (i32.store8 (i32.const 0x111) (i32.const 95)) ;; "_"
  (i32.store8 (i32.const 0x113) (i32.const 95))
  (i32.store8 (i32.const 0x151) (i32.const 93)) ;; "]"
  (i32.store (i32.const 0x320) (i32.const 0x404)) ;; the table's name as a step
  (i32.store (i32.const 0x324) (i32.const 1))
  (i32.const 0x300))
