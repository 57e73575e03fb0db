package io.stagepost.benchmarks.service.spring;

import io.namastack.outbox.handler.OutboxHandler;
import java.io.IOException;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.serializer.JacksonJsonDeserializer;

/** Relays an outbox and handles greetings, until its input ends. */
@SpringBootApplication
public class Service {
  record Greeting(String name, String text) {}

  @Bean
  OutboxHandler relay(KafkaTemplate<Object, Object> kafka) {
    return (payload, metadata) -> kafka.send("greetings", metadata.getKey(), payload).join();
  }

  @KafkaListener(topics = "greetings", groupId = "${service.group}")
  void handle(Greeting greeting) {
    System.out.println(greeting.name().isEmpty() ? "nobody" : "handled");
  }

  /**
   * Serves; prints {@code handled} for each greeting.
   *
   * @param args bootstrap servers, JDBC URL, its user, group
   * @throws IOException if the input cannot be read
   */
  public static void main(String[] args) throws IOException {
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Service.class)
            .web(WebApplicationType.NONE)
            .run(
                "--spring.kafka.bootstrap-servers=" + args[0],
                "--spring.datasource.url=" + args[1],
                "--spring.datasource.username=" + args[2],
                "--service.group=" + args[3],
                "--spring.kafka.consumer.auto-offset-reset=earliest",
                "--spring.kafka.consumer.isolation-level=read_committed",
                "--spring.kafka.consumer.value-deserializer="
                    + JacksonJsonDeserializer.class.getName(),
                "--spring.kafka.consumer.properties[spring.json.value.default.type]="
                    + Greeting.class.getName(),
                "--logging.level.root=ERROR",
                "--spring.main.banner-mode=off");
    int unused = System.in.read();
    context.close();
  }
}
