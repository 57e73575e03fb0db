package io.stagepost.benchmarks.contestant;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;

/**
 * The loop of a contestant's JVM: a job comes in as a line, its result goes out as a line, until
 * the input ends, also because the harness did.
 */
public final class Driver {
  /** What the line of a result begins with; all other lines are a contestant's own. */
  public static final String RESULT = "result ";

  /** What the line of a failure begins with. */
  public static final String FAILED = "failed ";

  private Driver() {}

  /**
   * Serves until the input ends.
   *
   * @param contestant does the jobs
   * @throws IOException if the input cannot be read
   */
  public static void serve(Contestant contestant) throws IOException {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        Job job = Job.parse(line);
        Tally tally = new Tally(job);
        contestant.run(job, tally);
        out.println(RESULT + tally.result().line());
      } catch (Exception | LinkageError failure) {
        failure.printStackTrace();
        out.println(FAILED + failure);
      }
    }
    System.exit(0); // whatever threads a contestant has left
  }
}
