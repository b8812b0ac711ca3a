"""What the rooms answer over HTTP: their tables of routes, and those that have pages."""

from bot import consents, links
from bot.hub import pages as hub_pages
from desk.arrivals import api as arrivals_api
from desk.arrivals import pages as arrivals_pages
from desk.cases import api as cases_api
from desk.cases import macros, merges, sameness
from desk.cases import search as cases_search
from desk.customers import api as customers_api
from desk.messages import api as messages_api
from desk.messages import files
from desk.notices import api as notices_api
from desk.notices import pages as notices_pages
from desk.privacy import api as privacy_api
from desk.privacy import pages as privacy_pages
from desk.queues import api as queues_api
from desk.reports import api as reports_api
from desk.reports import pages as reports_pages
from desk.routing import api as routing_api
from desk.satisfaction import api as ratings_api
from desk.satisfaction import form as rating_form
from desk.satisfaction import pages as ratings_pages
from desk.sla import api as sla_api
from knowledge import api as knowledge_api
from knowledge import pages as knowledge_pages

ROUTES = (
    cases_api.routes,
    merges.routes,
    macros.routes,
    sameness.routes,
    cases_search.routes,
    messages_api.routes,
    files.routes,
    customers_api.routes,
    queues_api.routes,
    notices_api.routes,
    notices_pages.routes,
    privacy_api.routes,
    privacy_pages.routes,
    arrivals_api.routes,
    arrivals_pages.routes,
    routing_api.routes,
    sla_api.routes,
    ratings_api.routes,
    ratings_pages.routes,
    rating_form.routes,
    reports_api.routes,
    reports_pages.routes,
    knowledge_api.routes,
    knowledge_pages.routes,
    links.routes,
    consents.routes,
    hub_pages.routes,
)

PAGED = (
    knowledge_pages,
    reports_pages,
    arrivals_pages,
    notices_pages,
    privacy_pages,
    ratings_pages,
    hub_pages,
)
