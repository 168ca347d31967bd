;; Functions of other types, and some that are missing.
;; expect load: its function `describe` has another type than `wit/policy.wit` says
;; expect load: it does not export the function `reads`
;; expect load: it does not export the function `evaluate`

(component
  (core module $module
    (func (export "describe") (result i32) (i32.const 1)))
  (core instance $instance (instantiate $module))
  (func $describe (result u32) (canon lift (core func $instance "describe")))
  (instance $policy (export "describe" (func $describe)))
  (export "asogate:policy/policy@0.1.0" (instance $policy)))
