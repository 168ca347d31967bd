;; Reads far outside its memory.
;; expect evaluate: it reached outside its memory

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.load (i32.const 0x7fffffff)))
