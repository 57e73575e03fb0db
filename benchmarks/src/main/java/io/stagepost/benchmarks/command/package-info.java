/** The command: which rows run, and what becomes of their figures. */
@NullMarked
package io.stagepost.benchmarks.command;

import org.jspecify.annotations.NullMarked;
