package io.stagepost.testkit.contract;

import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Capabilities.Capability;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The rules of the delivery contract and how transports keep them, as Markdown: made of the suite's
 * own tests and of what the transports declare, so that it says what is tested and nothing else.
 */
public final class RuleTable {
  private RuleTable() {}

  /**
   * A table with a row for each rule and a column for each transport.
   *
   * @param transports what each declares, by its name for people, in the order of the columns
   * @return lines of Markdown, each with its line end
   */
  public static String of(Map<String, Capabilities> transports) {
    StringBuilder text = new StringBuilder("| rule | promise |");
    transports.keySet().forEach(name -> text.append(' ').append(name).append(" |"));
    text.append("\n|---|---|").append("---|".repeat(transports.size())).append('\n');
    for (Rule rule : Rule.values()) {
      text.append("| ").append(rule).append(" | ").append(rule.promise).append(" |");
      for (Capabilities declared : transports.values()) {
        text.append(' ').append(cell(rule, tests(rule), declared)).append(" |");
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String cell(Rule rule, List<Method> tests, Capabilities declared) {
    if (rule.part == Rule.Part.STORES) {
      return "a store's";
    }
    Set<Capability> lacking = EnumSet.noneOf(Capability.class);
    tests.forEach(test -> lacking.addAll(lacking(test, declared)));
    long kept = tests.stream().filter(test -> lacking(test, declared).isEmpty()).count();
    String count = kept == 1 ? "1 test" : kept + " tests";
    if (!lacking.isEmpty()) {
      List<String> reasons = new ArrayList<>();
      lacking.forEach(capability -> reasons.add(declared.whyLacking(capability)));
      return "weaker: " + String.join("; ", reasons) + " (else kept, " + count + ")";
    }
    return (rule.part == Rule.Part.ENGINES ? "the engine's (" : "kept (") + count + ")";
  }

  private static Set<Capability> lacking(Method test, Capabilities declared) {
    Set<Capability> lacking = EnumSet.noneOf(Capability.class);
    Exercises exercises = test.getAnnotation(Exercises.class);
    if (exercises != null) {
      lacking.addAll(List.of(exercises.value()));
      lacking.addAll(List.of(exercises.needs()));
      lacking.removeIf(declared::has);
    }
    return lacking;
  }

  /**
   * The suite's tests as sentences, rule by rule.
   *
   * @return lines of Markdown, each with its line end
   */
  public static String tests() {
    StringBuilder text = new StringBuilder();
    for (Rule rule : Rule.values()) {
      for (Method test : tests(rule)) {
        String sentence = test.getName().substring(rule.prefix().length()).replace('_', ' ');
        text.append("- ").append(rule).append(": ").append(sentence).append('\n');
      }
    }
    return text.toString();
  }

  private static List<Method> tests(Rule rule) {
    List<Method> tests = new ArrayList<>();
    for (Class<?> part = TransportContract.class; part != null; part = part.getSuperclass()) {
      for (Method method : part.getDeclaredMethods()) {
        if (!method.isBridge()
            && method.isAnnotationPresent(Test.class)
            && method.getName().startsWith(rule.prefix())) {
          tests.add(method);
        }
      }
    }
    tests.sort(Comparator.comparing(Method::getName));
    return tests;
  }
}
