/**
 * Starts, watches and audits the shop. {@code Launcher} is the story from beginning to end: a
 * broker and a database of the run's own, the services as processes ({@code ServiceProcess}, which
 * restarts them when they die), progress ({@code Standing}, {@code Terminal}), and at the end the
 * audit: {@code Books} reads back what lies in the databases and at the broker, {@code Audit} holds
 * it against what should, and {@code Report} is what came out.
 *
 * <p>Nothing here is counted in memory: whatever is reported was read from where it is stored.
 */
@NullMarked
package io.stagepost.samples.shop.launcher;

import org.jspecify.annotations.NullMarked;
