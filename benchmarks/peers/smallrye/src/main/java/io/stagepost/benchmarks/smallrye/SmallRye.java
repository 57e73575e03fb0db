package io.stagepost.benchmarks.smallrye;

import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Job;
import java.io.IOException;
import java.util.Map;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/** SmallRye Reactive Messaging with its Kafka connector: the main class of its JVMs. */
public final class SmallRye {
  /** The channel that is configured, as its beans name it. */
  static final String CHANNEL = "events";

  private SmallRye() {}

  /**
   * Serves as one of its contestants.
   *
   * @param args consume or publish, default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(
        switch (args[0]) {
          case "consume-default" -> Consuming::byDefault;
          case "consume-tuned" -> Consuming::tuned;
          case "publish-default" -> Publishing::byDefault;
          case "publish-tuned" -> Publishing::tuned;
          default -> throw new IllegalArgumentException("No contestant " + args[0]);
        });
  }

  /**
   * A CDI container with one bean, whose channel is connected to the job's topic. It is configured
   * by system properties, as MicroProfile has it; they are read anew for each container.
   */
  static WeldContainer start(
      Class<?> bean, String direction, Job job, Map<String, Object> settings) {
    settings.put("connector", "smallrye-kafka");
    settings.put("topic", job.channel());
    settings.forEach(
        (name, value) ->
            System.setProperty(
                "mp.messaging." + direction + "." + CHANNEL + "." + name, value.toString()));
    return new Weld().addBeanClass(bean).initialize();
  }
}
