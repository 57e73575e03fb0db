/**
 * Starts, watches and audits the shop. {@code Launcher} is the story from beginning to end: a
 * {@code Broker} and a database of the run's own, the services as processes ({@code
 * ServiceProcess}, which restarts them when they die), progress ({@code Standing}, {@code
 * Terminal}), and at the end the audit: {@code Books} reads back what lies in the databases and at
 * the broker, {@code Audit} holds it against what should, and {@code Report} is what came out.
 *
 * <p>With faults, {@code FaultPlan} says what is to strike when, {@code Strikes} carries it out,
 * and {@code FaultReport} says what came of it, and whether that proves anything.
 *
 * <p>Nothing here is counted in memory but the strikes: whatever else is reported was read from
 * where it is stored.
 */
@NullMarked
package io.stagepost.samples.shop.launcher;

import org.jspecify.annotations.NullMarked;
