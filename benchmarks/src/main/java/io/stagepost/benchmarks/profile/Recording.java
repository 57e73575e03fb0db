package io.stagepost.benchmarks.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** What a flight recording says about where its threads were while they ran Java code. */
final class Recording {
  /** What differs from run to run: numbers of threads, addresses of hidden classes. */
  private static final Pattern THREAD_NUMBER =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\d+");

  private static final Pattern HIDDEN_CLASS = Pattern.compile("(\\$\\$Lambda).*");

  private Recording() {}

  /**
   * Reads it.
   *
   * @param file written by a JVM that has ended
   * @return all samples: threads of one kind as a frame, and what they executed below it
   * @throws IOException if it cannot be read
   */
  static Frame read(Path file) throws IOException {
    Frame all = new Frame("all");
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        RecordedStackTrace trace = event.getStackTrace();
        if (event.getEventType().getName().equals("jdk.ExecutionSample") && trace != null) {
          List<String> stack = new ArrayList<>();
          trace.getFrames().forEach(frame -> stack.add(nameOf(frame)));
          stack.add(nameOf(event.getThread("sampledThread")));
          Collections.reverse(stack);
          all.add(stack);
        }
      }
    }
    return all;
  }

  private static String nameOf(RecordedThread thread) {
    String name = thread == null ? null : thread.getJavaName();
    return name == null || name.isEmpty()
        ? "threads of the JVM"
        : "thread " + THREAD_NUMBER.matcher(name).replaceAll("N");
  }

  private static String nameOf(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    String type = HIDDEN_CLASS.matcher(method.getType().getName()).replaceAll("$1");
    return type + "." + method.getName();
  }
}
