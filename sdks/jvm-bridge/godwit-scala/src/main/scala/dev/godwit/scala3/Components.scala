package dev.godwit.scala3

import dev.godwit.authoring.*

import scala.quoted.*

/** Names components by what a function selects, while it is compiled: `call.in(_.name).to("Ann")`. The types come out as
  * exact as the case class has them, so that a wrong one is an error of the compiler.
  */
object Components:
  private def selected(using Quotes)(selector: Expr[Any]): (Expr[String], Type[?]) =
    import quotes.reflect.*

    def find(term: Term): Option[Select] = term match
      case Inlined(_, _, inner)                        => find(inner)
      case Block(List(DefDef(_, _, _, Some(body))), _) => find(body)
      case Typed(inner, _)                             => find(inner)
      case select @ Select(Ident(_), _)                => Some(select)
      case _                                           => None

    find(selector.asTerm) match
      case Some(select) => (Expr(select.name), select.tpe.widenByName.widen.asType)
      case None         => report.errorAndAbort("Expected a component: _.name.", selector)

  def callInput[I: Type, O: Type](call: Expr[Call[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $call.set(Getter.named[I, v]($name)) }

  def callOutput[I: Type, O: Type](call: Expr[Call[I, O]], of: Expr[O => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $call.get(Getter.named[O, v]($name)) }

  def mapOver[I: Type, O: Type](map: Expr[MapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.over(Getter.named[I, v]($name)) }

  def mapInput[I: Type, O: Type](map: Expr[MapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.set(Getter.named[I, v]($name)) }

  def mapItem[I: Type, O: Type](map: Expr[MapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.item(Getter.named[I, v]($name)) }

  def mapOutput[I: Type, O: Type](map: Expr[MapCall[I, O]], of: Expr[O => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.get(Getter.named[O, v]($name)) }

  def workflowInput[I: Type, O: Type](wf: Expr[WorkflowBuilder[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $wf.input(Getter.named[I, v]($name)) }

  def blockOutput[O: Type](block: Expr[OutputBlock[O]], of: Expr[O => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $block.output(Getter.named[O, v]($name)) }

  def part[T: Type](promise: Expr[Promise[T]], of: Expr[T => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $promise.get(Getter.named[T, v]($name)) }

  def recordField[R: Type](record: Expr[RecordExpression[R]], of: Expr[R => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $record.set(Getter.named[R, v]($name)) }

  def fixed[I: Type, O: Type](plan: Expr[LaunchPlan[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $plan.fixing(Getter.named[I, v]($name)) }

  def defaulted[I: Type, O: Type](plan: Expr[LaunchPlan[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $plan.defaulting(Getter.named[I, v]($name)) }

  def tolerantOutput[I: Type, O: Type](map: Expr[TolerantMapCall[I, O]], of: Expr[O => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.get(Getter.named[O, v]($name)) }

  def branchOutput[R: Type](branch: Expr[Branch[R]], of: Expr[R => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $branch.get(Getter.named[R, v]($name)) }

  def handlerInput[I: Type, H: Type](handler: Expr[FailureHandler[I, H]], of: Expr[H => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $handler.set(Getter.named[H, v]($name)) }

  def handledInput[I: Type, H: Type](handler: Expr[FailureHandler[I, H]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $handler.input(Getter.named[I, v]($name)) }

  def tolerantOver[I: Type, O: Type](map: Expr[TolerantMapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.over(Getter.named[I, v]($name)) }

  def tolerantInput[I: Type, O: Type](map: Expr[TolerantMapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.set(Getter.named[I, v]($name)) }

  def tolerantItem[I: Type, O: Type](map: Expr[TolerantMapCall[I, O]], of: Expr[I => Any])(using Quotes): Expr[Any] =
    (selected(of): @unchecked) match
      case (name, '[v]) => '{ $map.item(Getter.named[I, v]($name)) }
