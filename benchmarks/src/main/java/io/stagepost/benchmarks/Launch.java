package io.stagepost.benchmarks;

/**
 * A main class and its argument.
 *
 * @param module the folder of its Maven module, from the project's
 * @param mainClass of its JVM
 * @param argument which of the module's contestants
 */
public record Launch(String module, String mainClass, String argument) {}
