@NullMarked
package io.stagepost.asyncapi;

import org.jspecify.annotations.NullMarked;
