;; Returns its input as findings, field by field and without looking at it, so that a test sees what has crossed. There are
;; three kinds, in the order of the input.
;;
;; One for each change: level (operation), object, moment (its number), column (the step), message (cause, as a digit), why (the settings),
;; remedies (a command: the name of the first table; an edit: the flags of the change as digits; advice: the last string of the
;; pool), related (path).
;;
;; One for each row of the first table: object, message (the string of the first column), why (the change of the row, as a digit),
;; related (the row of the second column, as if it were an object).
;;
;; One for each part: message (the string of its segment), why (its parent and its folded part, as digits).

(data (i32.const 0x1d0) "\00\01\02") ;; all three levels
(data (i32.const 0x210) (i32 3))

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (param $input i32)
  (result i32)
  (local $step i32) (local $step-text i32) (local $step-length i32)
  (local $text i32)
  (local $ends i32) (local $ends-length i32)
  (local $changes i32) (local $changes-length i32)
  (local $path-start i32)
  (local $findings i32)
  (local $finding i32)
  (local $item i32)
  (local $index i32)
  (local $remedies i32)
  (local $digits i32)
  (local $table i32)
  (local $string i32)
  (local $rows i32)
  (local $parts i32) (local $parts-length i32)
  (local.set $step (i32.load8_u (local.get $input)))
  (local.set $step-text (i32.load offset=4 (local.get $input)))
  (local.set $step-length (i32.load offset=8 (local.get $input)))
  (local.set $text (i32.load offset=12 (local.get $input)))
  (local.set $ends (i32.load offset=20 (local.get $input)))
  (local.set $ends-length (i32.load offset=24 (local.get $input)))
  (local.set $parts (i32.load offset=28 (local.get $input)))
  (local.set $parts-length (i32.load offset=32 (local.get $input)))
  (local.set $table (i32.load offset=36 (local.get $input)))
  (local.set $changes (i32.load offset=44 (local.get $input)))
  (local.set $changes-length (i32.load offset=48 (local.get $input)))
  (local.set $rows (i32.load offset=12 (local.get $table)))
  (local.set $findings
    (call $allocate (i32.const 4)
      (i32.mul (i32.const 80)
        (i32.add (i32.add (local.get $changes-length) (local.get $rows)) (local.get $parts-length)))))
  (local.set $finding (local.get $findings))

  (local.set $item (local.get $changes))
  (block $done
    (loop $next
      (br_if $done (i32.eq (local.get $index) (local.get $changes-length)))
      (memory.copy (local.get $finding) (i32.const 0x500) (i32.const 80))
      ;; level: some, the operation
      (i32.store8 offset=8 (local.get $finding) (i32.const 1))
      (i32.store8 offset=9 (local.get $finding) (i32.load8_u (local.get $item)))
      ;; object
      (i32.store offset=16 (local.get $finding) (i32.load offset=4 (local.get $item)))
      ;; moment: the change
      (i32.store offset=20 (local.get $finding) (i32.const 0))
      (i32.store offset=24 (local.get $finding) (i32.add (local.get $index) (i32.const 1)))
      ;; column: the step, an option like it
      (i32.store offset=28 (local.get $finding) (local.get $step))
      (i32.store offset=32 (local.get $finding) (local.get $step-text))
      (i32.store offset=36 (local.get $finding) (local.get $step-length))
      ;; message: the cause, as a digit
      (local.set $digits (call $allocate (i32.const 1) (i32.const 1)))
      (i32.store8 (local.get $digits)
        (i32.add (i32.const 0x30) (i32.load8_u offset=1 (local.get $item))))
      (i32.store offset=40 (local.get $finding) (local.get $digits))
      (i32.store offset=44 (local.get $finding) (i32.const 1))
      ;; why: the settings
      (i64.store offset=48 align=4 (local.get $finding) (i64.load offset=76 align=4 (local.get $input)))
      ;; remedies
      (local.set $remedies (call $allocate (i32.const 4) (i32.const 36)))
      (i32.store offset=56 (local.get $finding) (local.get $remedies))
      (i32.store offset=60 (local.get $finding) (i32.const 3))
      (i32.store8 (local.get $remedies) (i32.const 0))
      (i64.store offset=4 align=4 (local.get $remedies) (i64.load align=4 (local.get $table)))
      ;; propagation (some, which), awaits-finalizers, already-terminating
      (local.set $digits (call $allocate (i32.const 4) (i32.const 4)))
      (i32.store (local.get $digits)
        (i32.add (i32.load offset=12 (local.get $item)) (i32.const 0x30303030)))
      (i32.store8 offset=12 (local.get $remedies) (i32.const 1))
      (i32.store offset=16 (local.get $remedies) (local.get $digits))
      (i32.store offset=20 (local.get $remedies) (i32.const 4))
      (i32.store8 offset=24 (local.get $remedies) (i32.const 2))
      (local.set $string (i32.sub (local.get $ends-length) (i32.const 1)))
      (i32.store offset=28 (local.get $remedies)
        (call $start (local.get $text) (local.get $ends) (local.get $string)))
      (i32.store offset=32 (local.get $remedies)
        (call $length (local.get $ends) (local.get $string)))
      ;; related: the path
      (i32.store offset=64 (local.get $finding)
        (call $row (i32.load offset=52 (local.get $input)) (local.get $path-start)))
      (i32.store offset=68 (local.get $finding)
        (i32.sub (i32.load offset=8 (local.get $item)) (local.get $path-start)))
      (local.set $path-start (i32.load offset=8 (local.get $item)))
      (local.set $item (i32.add (local.get $item) (i32.const 16)))
      (local.set $finding (i32.add (local.get $finding) (i32.const 80)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))

  (local.set $index (i32.const 0))
  (block $done
    (loop $next
      (br_if $done (i32.eq (local.get $index) (local.get $rows)))
      (memory.copy (local.get $finding) (i32.const 0x500) (i32.const 80))
      (i32.store offset=16 (local.get $finding)
        (i32.load (call $row (i32.load offset=8 (local.get $table)) (local.get $index))))
      ;; message: the string whose code the first column has
      (local.set $string
        (i32.load (call $row (i32.load (i32.load offset=28 (local.get $table))) (local.get $index))))
      (i32.store offset=40 (local.get $finding)
        (call $start (local.get $text) (local.get $ends) (local.get $string)))
      (i32.store offset=44 (local.get $finding)
        (call $length (local.get $ends) (local.get $string)))
      ;; why: the change as a digit, 0 for a row of now
      (local.set $digits (call $allocate (i32.const 1) (i32.const 1)))
      (i32.store8 (local.get $digits) (i32.const 0x30))
      (if (i32.ge_u (local.get $index) (i32.load offset=16 (local.get $table)))
        (then
          (i32.store8 (local.get $digits)
            (i32.add (i32.const 0x30)
              (i32.load
                (call $row (i32.load offset=20 (local.get $table))
                  (i32.sub (local.get $index) (i32.load offset=16 (local.get $table)))))))))
      (i32.store offset=48 (local.get $finding) (local.get $digits))
      (i32.store offset=52 (local.get $finding) (i32.const 1))
      ;; related: one cell of the second column
      (i32.store offset=64 (local.get $finding)
        (call $row (i32.load offset=8 (i32.load offset=28 (local.get $table))) (local.get $index)))
      (i32.store offset=68 (local.get $finding) (i32.const 1))
      (local.set $finding (i32.add (local.get $finding) (i32.const 80)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))

  (local.set $index (i32.const 0))
  (local.set $item (local.get $parts))
  (block $done
    (loop $next
      (br_if $done (i32.eq (local.get $index) (local.get $parts-length)))
      (memory.copy (local.get $finding) (i32.const 0x500) (i32.const 80))
      ;; message: the segment
      (local.set $string (i32.load offset=4 (local.get $item)))
      (i32.store offset=40 (local.get $finding)
        (call $start (local.get $text) (local.get $ends) (local.get $string)))
      (i32.store offset=44 (local.get $finding)
        (call $length (local.get $ends) (local.get $string)))
      ;; why: parent and folded part
      (local.set $digits (call $allocate (i32.const 1) (i32.const 2)))
      (i32.store8 (local.get $digits)
        (i32.add (i32.const 0x30) (i32.load (local.get $item))))
      (i32.store8 offset=1 (local.get $digits)
        (i32.add (i32.const 0x30) (i32.load offset=8 (local.get $item))))
      (i32.store offset=48 (local.get $finding) (local.get $digits))
      (i32.store offset=52 (local.get $finding) (i32.const 2))
      (local.set $item (i32.add (local.get $item) (i32.const 12)))
      (local.set $finding (i32.add (local.get $finding) (i32.const 80)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))

  (i32.store (i32.const 0x604) (local.get $findings))
  (i32.store (i32.const 0x608)
    (i32.add (i32.add (local.get $changes-length) (local.get $rows)) (local.get $parts-length)))
  (i32.const 0x600))

(func $row (param $list i32) (param $index i32) (result i32)
  (i32.add (local.get $list) (i32.mul (local.get $index) (i32.const 4))))
;; Where the string of a code (from 1) starts, and how long it is.
(func $start (param $text i32) (param $ends i32) (param $code i32) (result i32)
  (i32.add (local.get $text)
    (i32.load (call $row (local.get $ends) (i32.sub (local.get $code) (i32.const 1))))))

(func $length (param $ends i32) (param $code i32) (result i32)
  (i32.sub
    (i32.load (call $row (local.get $ends) (local.get $code)))
    (i32.load (call $row (local.get $ends) (i32.sub (local.get $code) (i32.const 1))))))
