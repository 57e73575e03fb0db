@NullMarked
package io.stagepost.outbox;

import org.jspecify.annotations.NullMarked;
