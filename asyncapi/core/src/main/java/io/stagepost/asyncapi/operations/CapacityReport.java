package io.stagepost.asyncapi.operations;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Capacities as text, for people and for other programs. */
public final class CapacityReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private CapacityReport() {}

  /**
   * For people.
   *
   * @param plans by the file of the contract, as it was named
   * @param assumptions what they were computed with
   * @return lines, each ended
   */
  public static String text(Map<String, Capacity.Plan> plans, Assumptions assumptions) {
    StringBuilder text = new StringBuilder();
    plans.forEach(
        (file, plan) -> {
          plan.operations().forEach(each -> operation(text, file, each, assumptions));
          plan.missing().forEach(m -> text.append(file).append(": ").append(clean(m)).append('\n'));
        });
    return text.isEmpty() ? "no operation receives\n" : text.toString();
  }

  private static void operation(
      StringBuilder text, String file, Capacity each, Assumptions assumptions) {
    text.append(file).append(": ").append(clean(each.operation())).append(" receives ");
    text.append(each.address() == null ? "(address known at run time)" : clean(each.address()));
    text.append('\n');
    line(
        text,
        "load",
        "%s events/s, %s at the peak",
        Capacity.figure(each.load()),
        Capacity.figure(each.peakLoad()));
    line(text, "service time", "%s", time(each.service()));
    line(
        text,
        "busy handlers",
        "%s on average, %s at the peak (Little's law)",
        Capacity.figure(each.busy()),
        Capacity.figure(each.busyAtPeak()));
    line(
        text,
        "handlers",
        "%d, %s %% busy at the peak",
        each.handlers(),
        Capacity.figure(each.utilisation() * 100));
    line(
        text,
        "time at the peak",
        "waits %s on average; %s %% are done within %s",
        time(each.meanWait()),
        Capacity.figure(each.percentile()),
        time(each.latency()));
    Duration drain = each.drain();
    line(
        text,
        "outage of " + time(assumptions.outage()),
        "%,d events wait; %s",
        each.backlog(),
        drain == null ? "never drained" : "drained in " + time(drain));
    line(
        text,
        "one key",
        "%s events/s at most, one after the other",
        Capacity.figure(each.perKey()));
    line(text, "members", "%d, with %d handlers each", each.members(), assumptions.concurrency());
    line(
        text,
        "partitions",
        "%d at least: twice the members, since adding some later moves keys",
        each.partitions());
    each.sources().forEach(source -> line(text, "by", "%s", clean(source)));
    each.problems().forEach(problem -> line(text, "problem", "%s", clean(problem)));
  }

  private static void line(StringBuilder text, String name, String format, Object... values) {
    text.append(String.format(Locale.ROOT, "  %-18s ", name));
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String clean(String text) {
    return text.replaceAll("[\\p{Cc}\\u2028\\u2029]", "\uFFFD");
  }

  /** A duration with the units that matter. */
  private static String time(Duration duration) {
    double seconds = duration.toNanos() / 1e9;
    if (seconds < 1) {
      return Capacity.figure(seconds * 1000) + " ms";
    }
    if (seconds < 120) {
      return Capacity.figure(seconds) + " s";
    }
    return seconds < 7200
        ? Capacity.figure(seconds / 60) + " min"
        : Capacity.figure(seconds / 3600) + " h";
  }

  /**
   * For programs: times in seconds.
   *
   * @param plans by the file of the contract, as it was named
   * @return an object with arrays {@code operations} and {@code missing}
   */
  public static String json(Map<String, Capacity.Plan> plans) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode operations = root.putArray("operations");
    ArrayNode missing = root.putArray("missing");
    plans.forEach(
        (file, plan) -> {
          for (Capacity each : plan.operations()) {
            operation(operations.addObject().put("file", file), each);
          }
          plan.missing().forEach(m -> missing.addObject().put("file", file).put("what", m));
        });
    return JSON.writeValueAsString(root) + "\n";
  }

  private static void operation(ObjectNode node, Capacity each) {
    node.put("operation", each.operation()).put("address", each.address());
    node.put("load", each.load()).put("peakLoad", each.peakLoad());
    node.put("service", seconds(each.service()));
    node.put("busy", each.busy()).put("busyAtPeak", each.busyAtPeak());
    node.put("handlers", each.handlers()).put("utilisation", each.utilisation());
    node.put("meanWait", seconds(each.meanWait()));
    node.put("percentile", each.percentile()).put("latency", seconds(each.latency()));
    node.put("backlog", each.backlog());
    Duration drain = each.drain();
    if (drain == null) {
      node.putNull("drain");
    } else {
      node.put("drain", seconds(drain));
    }
    node.put("perKey", each.perKey());
    node.put("members", each.members()).put("partitions", each.partitions());
    texts(node.putArray("sources"), each.sources());
    texts(node.putArray("problems"), each.problems());
  }

  private static void texts(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
