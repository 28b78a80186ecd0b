"""Addresses of this app's pages."""

from django.urls import path

from organization.views import form_drafts, sections, sign_in, users

app_name = "organization"
urlpatterns = [
    path("account/", sign_in.account, name="account"),
    path("account/sign-in/", sign_in.sign_in, name="sign_in"),
    path("account/sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/password/", sign_in.password_change, name="password_change"),
    path("drafts/<str:place>/discard/", form_drafts.form_draft_discard, name="form_draft_discard"),
    path("drafts/<str:place>/<str:window>/", form_drafts.form_draft_keep, name="form_draft_keep"),
    path("organization/users/", users.user_list, name="user_list"),
    path("organization/users/new/", users.user_create, name="user_create"),
    path("organization/users/<int:pk>/", users.user_detail, name="user_detail"),
    path("organization/users/<int:pk>/activity/", users.user_activity, name="user_activity"),
    path("organization/users/<int:pk>/password/", users.user_password_reset, name="user_password_reset"),
    path("organization/users/<int:pk>/memberships/new/", users.membership_create, name="membership_create"),
    path("organization/users/<int:pk>/roles/new/", users.role_grant_create, name="role_grant_create"),
    path("organization/memberships/<int:pk>/", users.membership_edit, name="membership_edit"),
    path("organization/roles/<int:pk>/", users.role_grant_edit, name="role_grant_edit"),
    path("organization/sections/", sections.section_list, name="section_list"),
    path("organization/sections/new/", sections.section_create, name="section_create"),
    path("organization/sections/<int:pk>/", sections.section_edit, name="section_edit"),
    path("organization/bureaus/new/", sections.bureau_create, name="bureau_create"),
    path("organization/bureaus/<int:pk>/", sections.bureau_edit, name="bureau_edit"),
]
