;; Takes memory until it is refused.
;; limit MEMORY_BYTES
;; expect evaluate: it ran out of memory: the limit for this input is 64 MiB

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (loop $for-ever
    (drop (memory.grow (i32.const 16)))
    (br $for-ever))
  (unreachable))
