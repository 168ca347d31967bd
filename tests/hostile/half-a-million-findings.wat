;; Returns as many findings as fit into its memory: the host does not copy them.
;; limit ANSWER_BYTES
;; expect evaluate: it returned too much: the limit is 16 MiB

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (memory.grow (i32.const 950)))
  (i32.store (i32.const 0x604) (i32.const 0x200000)) ;; behind the input: zeros
  (i32.store (i32.const 0x608) (i32.const 500000))
  (i32.const 0x600))
