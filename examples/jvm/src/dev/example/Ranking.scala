package dev.example

import dev.godwit.authoring.{Cache, Task}
import dev.godwit.types.Members
import dev.godwit.values.{File, Table}

@Members(Array(classOf[Calm], classOf[Alarm]))
sealed trait Finding
case class Calm(site: String) extends Finding
case class Alarm(site: String, level: Double) extends Finding
case class Judged(findings: List[Finding], report: File, table: Table)

object Ranking:
  val rank: Task[Judged, Judged] = Task
    .of("dev.example.rank", classOf[Judged], classOf[Judged], (judged: Judged) => ranked(judged))
    .cache(Cache.auto())

  private def ranked(judged: Judged): Judged =
    judged.copy(findings = judged.findings.sortBy {
      case Alarm(_, level) => -level
      case Calm(_) => 0.0
    })
