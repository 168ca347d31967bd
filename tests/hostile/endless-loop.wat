;; A loop that never ends stops when its fuel is used up, after the same number of instructions everywhere.
;; limit FUEL
;; expect evaluate: policy `hostile` 1.2.3 broke in `evaluate`: it ran out of fuel: the limit for this input is 10

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (loop $for-ever (br $for-ever))
  (unreachable))
