package io.stagepost.dlq;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Stack traces as Java prints them. */
final class StackTraces {
  /** {@code at loader//module@version/com.example.Billing.charge(Billing.java:12)}. */
  private static final Pattern FRAME =
      Pattern.compile("^\\s*at (?:[\\w.@-]*/){0,2}([^\\s(]++)\\(", Pattern.MULTILINE);

  private static final Pattern GENERATED =
      Pattern.compile("\\$\\$Lambda[^.]*|\\$\\$(?:EnhancerBySpring|SpringCGLIB|FastClass)[^.]*");

  private static final List<String> NOT_THE_APPLICATION =
      List.of(
          "java.",
          "javax.",
          "jdk.",
          "sun.",
          "com.sun.",
          "jakarta.",
          "kotlin.",
          "scala.",
          "io.stagepost.internal.",
          "org.springframework.",
          "org.apache.kafka.",
          "io.smallrye.",
          "io.quarkus.",
          "io.vertx.",
          "io.netty.",
          "org.hibernate.",
          "org.postgresql.",
          "org.mariadb.",
          "com.zaxxer.",
          "com.fasterxml.",
          "tools.jackson.",
          "com.rabbitmq.");

  /** The API's own classes, and not an application whose package merely begins so. */
  private static final Pattern OURS =
      Pattern.compile("io\\.stagepost\\.(?:(?:spi|inbox|outbox|schema|kafka|amqp)\\.)?[A-Z].*");

  private StackTraces() {}

  static @Nullable String applicationFrame(String stackTrace) {
    Matcher frames = FRAME.matcher(stackTrace);
    String first = null;
    while (frames.find()) {
      String frame = GENERATED.matcher(frames.group(1)).replaceAll("");
      if (first == null) {
        first = frame;
      }
      if (NOT_THE_APPLICATION.stream().noneMatch(frame::startsWith)
          && !OURS.matcher(frame).matches()) {
        return frame;
      }
    }
    return first;
  }
}
