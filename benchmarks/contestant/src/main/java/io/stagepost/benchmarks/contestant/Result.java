package io.stagepost.benchmarks.contestant;

/**
 * What a run came to.
 *
 * @param events how many there were
 * @param seconds from the first event handed to the tally to the last
 * @param cpuSeconds what its JVM used of the processors meanwhile, all threads, joining included
 * @param lost events that were never handled
 * @param duplicates events that were handled again
 * @param disordered events that were handled after a later one of their key
 * @param overlapping events that were handled while another of their key was
 */
public record Result(
    int events,
    double seconds,
    double cpuSeconds,
    long lost,
    long duplicates,
    long disordered,
    long overlapping) {
  /**
   * The rate.
   *
   * @return events per second
   */
  public double rate() {
    return events / seconds;
  }

  /**
   * Whether every key's events were handled one at a time and in order.
   *
   * @return false after any exception to it
   */
  public boolean inOrder() {
    return disordered == 0 && overlapping == 0;
  }

  /**
   * As a line, for {@link #parse}.
   *
   * @return without a line's end
   */
  public String line() {
    return String.join(
        " ",
        Integer.toString(events),
        Double.toString(seconds),
        Double.toString(cpuSeconds),
        Long.toString(lost),
        Long.toString(duplicates),
        Long.toString(disordered),
        Long.toString(overlapping));
  }

  /**
   * From its line.
   *
   * @param line as {@link #line} made it
   * @return the result
   */
  public static Result parse(String line) {
    String[] part = line.split(" ", -1);
    return new Result(
        Integer.parseInt(part[0]),
        Double.parseDouble(part[1]),
        Double.parseDouble(part[2]),
        Long.parseLong(part[3]),
        Long.parseLong(part[4]),
        Long.parseLong(part[5]),
        Long.parseLong(part[6]));
  }
}
