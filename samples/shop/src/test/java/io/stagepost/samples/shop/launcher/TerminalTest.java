package io.stagepost.samples.shop.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private static final String UP_TWO_AND_CLEAR = "\033[2A\033[J";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(out, true, UTF_8);

  @Test
  void on_a_terminal_the_status_stays_below_what_is_said_and_within_the_columns() {
    Terminal terminal = new Terminal(stream, true, 10);
    terminal.say("begun");
    terminal.status(List.of("0123456789", "b"));
    terminal.say("a message that may wrap");
    terminal.lastStatus(List.of("0123456789", "c"));
    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            "begun",
            "012345678",
            "b",
            UP_TWO_AND_CLEAR + "a message that may wrap",
            "012345678",
            "b",
            UP_TWO_AND_CLEAR + "0123456789",
            "c");
  }

  @Test
  void elsewhere_the_status_is_a_line_now_and_then() {
    Terminal terminal = new Terminal(stream, false, 10);
    terminal.status(List.of("0123456789", "b"));
    terminal.status(List.of("not yet again", "b"));
    terminal.lastStatus(List.of("0123456789", "c"));
    assertThat(out.toString(UTF_8).lines()).containsExactly("0123456789 | b", "0123456789 | c");
  }
}
