;; Loops before it has said what it wishes to see.
;; expect reads: broke in `reads`: it ran out of fuel

(func (export "asogate:policy/policy@0.1.0#reads") (type $reads)
  (loop $for-ever (br $for-ever))
  (unreachable))
