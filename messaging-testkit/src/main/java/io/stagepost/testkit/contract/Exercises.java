package io.stagepost.testkit.contract;

import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.testkit.contract.TransportHarness.Fault;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a test of the suite depends on, beside what every transport has. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Exercises {
  /** Without these it asserts the weaker behaviour that the transport declares. */
  Capability[] value() default {};

  /** Without these there is nothing to assert, and the test is reported as not exercised. */
  Capability[] needs() default {};

  /** What the harness must be able to cause. */
  Fault[] faults() default {};
}
