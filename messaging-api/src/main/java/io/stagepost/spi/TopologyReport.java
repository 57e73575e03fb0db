package io.stagepost.spi;

import java.util.List;

/**
 * How a broker's topics or queues differ from what is needed. Each line has its code, what was
 * found, and the remedy.
 *
 * @param problems what breaks a promise of the library: whoever needs it must not start
 * @param warnings what weakens one, what is not as configured, and what could not be checked
 */
public record TopologyReport(List<String> problems, List<String> warnings) {
  /**
   * Copies its lists.
   *
   * @param problems what breaks a promise
   * @param warnings what weakens one
   */
  public TopologyReport {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }
}
