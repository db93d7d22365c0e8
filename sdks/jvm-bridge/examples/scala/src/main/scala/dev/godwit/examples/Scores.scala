package dev.godwit.examples

import dev.godwit.authoring.{Retry, Task, Workflow}
import dev.godwit.scala3.*
import dev.godwit.types.{Default, ItemType}

case class ScoreIn(text: String, @Default("2") weight: Long)
case class ScoreOut(score: Double, note: Option[String])
case class MeanIn(@ItemType(classOf[Double]) scores: List[Double])
case class MeanOut(mean: Double)
case class ReviewIn(title: String, lines: List[String])
case class ReviewOut(mean: Double, note: String)

/** Tasks and a workflow in Scala: the score of a review. */
object Scores:
  val score: Task[ScoreIn, ScoreOut] = Task
    .of(
      "dev.godwit.examples.score",
      classOf[ScoreIn],
      classOf[ScoreOut],
      (in: ScoreIn) => ScoreOut(in.text.length.toDouble * in.weight, Option.when(in.text.isEmpty)("empty"))
    )
    .retries(Retry.times(2))

  val mean: Task[MeanIn, MeanOut] = Task.of(
    "dev.godwit.examples.mean",
    classOf[MeanIn],
    classOf[MeanOut],
    (in: MeanIn) => MeanOut(in.scores.sum / in.scores.size)
  )

  val review: Workflow[ReviewIn, ReviewOut] =
    Workflow.of(
      "dev.godwit.examples.review",
      classOf[ReviewIn],
      classOf[ReviewOut],
      wf =>
        val title = wf.call(score).in(_.text).to(wf.in(_.title))
        val lines = wf.map(score).each(_.text).to(wf.in(_.lines).asJava)
        val whole = wf.call(mean).in(_.scores).to(lines.out(_.score).asScala)
        wf.out(_.mean).to(whole.out(_.mean))
        wf.out(_.note).to(title.out(_.note).getOrElse(wf.in(_.title)))
    )
