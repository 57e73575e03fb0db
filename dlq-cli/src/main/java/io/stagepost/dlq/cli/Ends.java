package io.stagepost.dlq.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * With which exit codes a command ends, beside those {@linkplain ExitCode#EVERYWHERE that every
 * command has}: for its help.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@interface Ends {
  /** The codes. */
  ExitCode[] value();
}
