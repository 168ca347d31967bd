;; Returns a reason of 60 MB: the host does not copy it.
;; expect evaluate: it returned too much: the limit is 16 MiB

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (memory.grow (i32.const 950)))
  (i32.store (i32.const 0x600) (i32.const 1))
  (i32.store (i32.const 0x608) (i32.const 60000000))
  (i32.const 0x600))
