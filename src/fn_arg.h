/*
 * fn_arg.h
 *		Is an argument of the running function a constant of its call?
 *
 * get_fn_expr_arg_stable() also says yes to parameters, which are stable
 * within one execution only: PL/pgSQL keeps the state of a simple expression,
 * and with it fn_extra, while its variables change.  What is to be remembered
 * in fn_extra must therefore come from a Const.
 */
#ifndef DISTMGMT_FN_ARG_H
#define DISTMGMT_FN_ARG_H

#include "fmgr.h"
#include "nodes/primnodes.h"

static inline bool
fn_arg_is_const(FmgrInfo *flinfo, int argno)
{
	Node	   *call = flinfo == NULL ? NULL : (Node *) flinfo->fn_expr;
	List	   *args = NIL;

	if (call == NULL)
		return false;
	if (IsA(call, FuncExpr))
		args = ((FuncExpr *) call)->args;
	else if (IsA(call, OpExpr))
		args = ((OpExpr *) call)->args;
	else if (IsA(call, WindowFunc))
		args = ((WindowFunc *) call)->args;
	return args != NIL && argno < list_length(args) &&
		IsA(list_nth(args, argno), Const);
}

#endif							/* DISTMGMT_FN_ARG_H */
