;; Grows a table, which costs the host memory that is not linear memory.
;; limit TABLE_ELEMENTS
;; expect evaluate: it made a table too large: the limit is 100000 elements

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (table.grow $table (ref.null func) (i32.const 1000000)))
  (i32.const 0x600))

(table $table 1 funcref)
