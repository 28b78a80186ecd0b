"""Planning sees what citizens would see, and publishes it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.services.workflow import ActRefused
from history.services import Authorship
from reports.models import Publication
from reports.selectors.publications import content_of
from reports.services import AmendmentUnexplained, NothingToPublish, publish_round
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def publication_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Preview a round's publication, and publish it."""
    collection = get_object_or_404(permissions.visible_rounds(request.user), pk=pk)
    if not permissions.can_manage_rounds(request.user):
        raise PermissionDenied
    problem, amendment = "", request.POST.get("amendment", "")
    if request.method == "POST":
        authorship = Authorship(by=request.user, at=clock.now())
        try:
            made = publish_round(collection=collection, amendment=amendment, authorship=authorship)
        except (NothingToPublish, AmendmentUnexplained, ActRefused) as refused:
            problem = str(refused)
        else:
            messages.success(request, f"「{collection.name}」を公表しました（第{made.edition_number}版）。")
            return redirect("reports:public_home")
    context = {
        "round": collection,
        "content": content_of(collection),
        "earlier": Publication.objects.filter(round=collection).defer("content"),
        "amendment": amendment,
        "problem": problem,
    }
    return render(request, "reports/publication_create.html", context, status=409 if problem else 200)
