package io.stagepost.prove;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SendBookTest {
  @Test
  void what_was_sent_is_read_again_with_its_answers(@TempDir Path directory) throws IOException {
    SendBook book = new SendBook(directory, "relay-2");
    book.begun("a");
    book.begun("b");
    book.begun("c");
    book.ended("b", null);
    book.ended("a", new IllegalStateException("no\nanswer"));
    book.begun("a");
    List<Attempt> read = SendBook.read(directory);
    assertThat(read).extracting(Attempt::event).containsExactly("a", "b", "c", "a");
    assertThat(read).extracting(Attempt::relay).containsOnly("relay-2");
    assertThat(read).extracting(Attempt::isConfirmed).containsExactly(false, true, false, false);
    assertThat(read.get(0).failure()).isEqualTo("java.lang.IllegalStateException: no answer");
    assertThat(read.get(3).ended()).isNull();
  }

  @Test
  void a_line_that_a_kill_has_cut_off_is_left_out() {
    assertThat(SendBook.read("relay-1.7", "1 send a\n2 done a\n3 send"))
        .singleElement()
        .matches(Attempt::isConfirmed);
  }
}
