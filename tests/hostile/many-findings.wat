;; Returns more findings than a person or a report can hold, each of them empty and small.
;; limit FINDINGS
;; expect evaluate: returned 25000 findings; the limit is 20000

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (memory.grow (i32.const 950)))
  (i32.store (i32.const 0x604) (i32.const 0x200000)) ;; behind the input: zeros
  (i32.store (i32.const 0x608) (i32.const 25000))
  (i32.const 0x600))
