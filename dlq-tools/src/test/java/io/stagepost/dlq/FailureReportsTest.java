package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.FailureReport.Writer;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailureReportsTest {
  private static FailureReport report(Map<String, Object> headers) {
    List<Header> all = new ArrayList<>();
    headers.forEach(
        (name, value) ->
            all.add(
                new Header(
                    name,
                    value instanceof Integer number
                        ? ByteBuffer.allocate(4).putInt(0, number).array()
                        : value instanceof Long number
                            ? ByteBuffer.allocate(8).putLong(0, number).array()
                            : value.toString().getBytes(UTF_8))));
    Message message = new Message("dead", null, all, null);
    FailureReport report = FailureReports.of(message);
    assertThat(FailureReports.originAddress(message)).isEqualTo(report.originAddress());
    assertThat(FailureReports.replays(message)).isEqualTo(report.replays());
    return report;
  }

  @Test
  void ours_says_all_and_what_is_not_as_it_should_be_is_nothing() {
    FailureReport report =
        report(
            Map.of(
                "stagepost-reason", "rejected",
                "stagepost-first-failure", "2026-11-23T18:00:00.25Z",
                "stagepost-last-failure", "2026-11-23T19:00:00+01:00",
                "stagepost-origin-address", "orders",
                "stagepost-replays", "2"));
    assertThat(report.writer()).isEqualTo(Writer.STAGEPOST);
    assertThat(report.firstFailure()).isEqualTo("2026-11-23T18:00:00.250Z");
    assertThat(report.lastFailure()).isEqualTo("2026-11-23T18:00:00Z");
    assertThat(report.originAddress()).isEqualTo("orders");
    assertThat(report.replays()).isEqualTo(2);
    FailureReport broken =
        report(
            Map.of(
                "stagepost-reason", "rejected",
                "stagepost-first-failure", "yesterday",
                "stagepost-last-failure", "2026-13-23T18:00:00Z",
                "stagepost-replays", "many"));
    assertThat(broken.firstFailure()).isNull();
    assertThat(broken.lastFailure()).isNull();
    assertThat(broken.originAddress()).isNull();
    assertThat(broken.replays()).isZero();
  }

  @Test
  void springs_numbers_are_bytes() {
    FailureReport report =
        report(
            Map.of(
                "kafka_dlt-original-topic", "orders",
                "kafka_dlt-original-partition", 3,
                "kafka_dlt-original-offset", 1042L,
                "kafka_dlt-original-consumer-group", "billing",
                "kafka_dlt-exception-fqcn", "org.springframework.kafka.listener.Wrapper",
                "kafka_dlt-exception-cause-fqcn", "com.example.NoStockException"));
    assertThat(report.writer()).isEqualTo(Writer.SPRING_KAFKA);
    assertThat(report.reason()).isEqualTo("NoStockException");
    assertThat(report.originAddress()).isEqualTo("orders");
    assertThat(report.originPartition()).isEqualTo("3");
    assertThat(report.originPosition()).isEqualTo("1042");
    assertThat(report.subscription()).isEqualTo("billing");
  }

  @Test
  void small_rye_connect_and_rabbit_are_known() {
    assertThat(
            report(
                Map.of(
                    "dead-letter-topic", "orders",
                    "dead-letter-exception-class-name", "com.example.Failed",
                    "dead-letter-partition", "1")))
        .extracting(FailureReport::writer, FailureReport::reason, FailureReport::originAddress)
        .containsExactly(Writer.SMALLRYE, "Failed", "orders");
    assertThat(
            report(
                Map.of(
                    "__connect.errors.topic", "orders",
                    "__connect.errors.stage", "VALUE_CONVERTER",
                    "__connect.errors.exception.class.name", "x.DataException")))
        .extracting(FailureReport::writer, FailureReport::reason, FailureReport::exception)
        .containsExactly(Writer.KAFKA_CONNECT, "VALUE_CONVERTER", "x.DataException");
    assertThat(
            report(
                Map.of(
                    "amqp:annotation:string:x-first-death-queue", "orders.billing",
                    "amqp:annotation:string:x-first-death-exchange", "",
                    "amqp:annotation:string:x-last-death-reason", "rejected")))
        .extracting(FailureReport::writer, FailureReport::reason, FailureReport::originAddress)
        .containsExactly(Writer.RABBITMQ, "rejected", "queue:orders.billing");
    assertThat(report(Map.of()).writer()).isEqualTo(Writer.UNKNOWN);
  }

  @Test
  void the_frame_to_blame_is_the_applications() {
    String trace =
        """
        java.lang.IllegalStateException: no stock
        \tat java.base/java.util.Objects.requireNonNull(Objects.java:233)
        \tat app//io.stagepost.Journey.call(Journey.java:1)
        \tat com.example.shop.Stock$$Lambda$17/0x01.reserve(Stock.java:12)
        \tat com.example.shop.Orders.place(Orders.java:40)
        """;
    assertThat(StackTraces.applicationFrame(trace)).isEqualTo("com.example.shop.Stock.reserve");
    assertThat(StackTraces.applicationFrame("no trace")).isNull();
    assertThat(StackTraces.applicationFrame("\tat java.base/java.lang.Thread.run(T.java:1)"))
        .isEqualTo("java.lang.Thread.run");
    assertThat(StackTraces.applicationFrame("\tat io.stagepost.samples.shop.Pay.on(P.java:1)"))
        .isEqualTo("io.stagepost.samples.shop.Pay.on");
  }
}
