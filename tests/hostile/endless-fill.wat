;; Few instructions that each fill 60 MiB: bulk operations are paid by the byte.
;; expect evaluate: it ran out of fuel

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (memory.grow (i32.const 960)))
  (loop $for-ever
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560))
    (br $for-ever))
  (unreachable))
