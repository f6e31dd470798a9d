# All images: docker buildx bake --file deploy/docker/bake.hcl

variable "REGISTRY" { default = "ghcr.io" }
variable "OWNER" { default = "foodapp" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
# For example linux/amd64,linux/arm64; by default the platform of the machine.
variable "PLATFORMS" { default = "" }

group "default" {
  targets = ["services", "foodctl"]
}

target "services" {
  name       = service
  matrix     = {
    service = [
      "api-gateway", "user-service", "menu-service", "order-service", "payment-service", "delivery-service",
      "console-service",
    ]
  }
  context    = "."
  dockerfile = "deploy/docker/Dockerfile"
  args = {
    SERVICE  = service
    VERSION  = VERSION
    REVISION = REVISION
    SOURCE   = "https://github.com/${OWNER}/foodapp"
  }
  platforms = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  tags      = ["${REGISTRY}/${OWNER}/${service}:${VERSION}"]
}

# The operator's tool, for the Jobs in a cluster.
target "foodctl" {
  context    = "."
  dockerfile = "deploy/docker/Dockerfile"
  target     = "foodctl"
  args = {
    VERSION  = VERSION
    REVISION = REVISION
    SOURCE   = "https://github.com/${OWNER}/foodapp"
  }
  platforms = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  tags      = ["${REGISTRY}/${OWNER}/foodctl:${VERSION}"]
}
