package dev.godwit.examples

import dev.godwit.authoring.ClassIndex
import dev.godwit.idl.core.v1.Bundle
import dev.godwit.testing.InPlace
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

import scala.compiletime.testing.typeCheckErrors

class ScoresTest:
  @Test def runsInPlace(): Unit =
    val out = InPlace.temporary().run(Scores.review, ReviewIn("Good", List("a", "bcd")))
    assertEquals(ReviewOut(4.0, "Good"), out)

  @Test def theBuildWroteItsSpecs(): Unit =
    val stream = Scores.getClass.getClassLoader.getResourceAsStream(ClassIndex.BUNDLE)
    val bundle =
      try Bundle.parseFrom(stream)
      finally stream.close()
    assertEquals("dev.godwit.examples.mean", bundle.getTasks(0).getId.getName)
    assertEquals(java.util.List.of("dev.godwit.examples.Scores", "mean"), bundle.getTasks(0).getProgram.getArgumentsList)

  @Test def aWrongTypeIsAnErrorOfTheCompiler(): Unit =
    inline val right = """
      import dev.godwit.scala3.*
      dev.godwit.authoring.Workflow.of("w", classOf[ReviewIn], classOf[ReviewOut], wf =>
        wf.out(_.note).to(wf.in(_.title)))
    """
    inline val wrong = """
      import dev.godwit.scala3.*
      dev.godwit.authoring.Workflow.of("w", classOf[ReviewIn], classOf[ReviewOut], wf =>
        wf.out(_.mean).to(wf.in(_.title)))
    """
    assertEquals(List(), typeCheckErrors(right))
    assertEquals(true, typeCheckErrors(wrong).nonEmpty)
