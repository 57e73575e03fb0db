@NullMarked
package io.stagepost.dlq.cli;

import org.jspecify.annotations.NullMarked;
